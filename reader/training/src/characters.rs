//! What the network learns to tell apart.

use std::collections::BTreeSet;

/// Characters of names that GB 2312 does not have and GB 18030 has: those that registries meet most.
const RARE_IN_NAMES: &str = "玥珺堃喆赟昇晞婼翀祎煊焜甯垚燚翾彧旸暐浤澔濛瀞琁琋瑀璟璠禛禤玙玘玠玟玹珅珈珣珧珵琤琯瑄瑆瑨瑭璁璈璐\
璘璥璿瓅甦畯皞眀睎睿碶祐祾禔禩稞穎竑笙筱箬簃綦緁縯繻翃翚翙翦耘聃聿肜胤脩舒艿芃芮苡苢茀荍荟莀莜莳菀菡萓萱葳蒔蓁蓂蔼蕖蕙蕤薇薏藂藜蘅蘐\
虓虢蚬蛟蜓裎裕襄覃觐訢詠誉諠謦赑趱跶踔軒輝轸迦逑逖逯遹邈邕郃郇郦郯鄄鄞鄢酆醴鈊鈺鉦鉴銘銥鋆錡鍇鍼鎏鏸鑫钰铖铠锳锴镕镝閎闓阇陞隄隽雯霁霂霈霏\
霡霨靓靖靳韡韫頔颀颉颐颢飏飔馥馭駃騄騋騫驎驔骉骎骐骕骦骧魃鲲鳀鳐鴷鵁鵾鸑鸞鸾鹓鹔鹭黉黛黟黻黼龑龢䶮㛃㚈㐂㑇㒟㔾㙦㛹㛥㭎㮾㳚㴔㴪㵘㵪䂮䄂䒟䓨䓖䗖䠶䢺䣘䥽䬠䬙䮄䰾䲟䴙䶉\
仝佺侊俍俣倓偲傒傢僡儁儆冧凃凊勍勖匋厷叒吋呴咭哬唛啨喦嗻嘏噚囍圪圳坔坵垍垕埇埕埗埪埭堉堽塬墉墘壑壠夆奡姃姈姌姮娍娅娴婳媃媄媗媞媺嫆嫚嬅嬛嬨孆孖孙宓寀寗寘尃屴岍岐岚岽峃峄\
峣崀崚崟崴嵀嵎嵘嵚嵩嵊巍帀弢弸彣彤彦彬徕徽忞忺恺悊悫惇惔惪愔愫慜慷懋戌扆抃拫挐揵搴擎攸敉敏斅斌斐旃旻昀昃昉昌昑昕昙昜昝昪昫昰晅晊晗晙晟晢晧晭晳晷晸暄暎暟暠曈曌曙朓杍杦枟枬柃柠柽\
栎栐栩桁桓桢桦梃梓棪棹椤椿楀楙榀榑榕榷槇槿樑樾橒檀檍檠欐歆歘毓氚汭汶沄沚沣沨沩沬沺泂泃泓泔泠泩泮洣洨洳洺浒浛浥浬浯涢涪涬淏淯渌渏渑渟渼湉湛湜溁溎溦溱溵滃滉滢漪漷潆潇潋潏潓潞潼澂澉澍澐澧濂濠\
瀛瀚瀹灏炀炅炆炑炘炜炟炣炫炻烜烔烨焓焘焙焯焱煐煖煚煜煦熠熤熳熹熺燊燏燠爰牧犇猷珂珉珏珑珖珙珞珩珮珲琅琎琏琚琛琟琨琪琬琰琲琳琼瑁瑗瑛瑜瑞瑢瑧瑱瑶瑷璇璋璎璜璞璧璨璩瓘瓒";

/// Characters beside the Chinese ones.
const OTHERS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ·-()（）#.、";

/// All of them, in the order of the network's outputs: those above, then levels 1 and 2 of GB 2312, then rare ones.
pub fn all() -> Vec<char> {
    let mut seen = BTreeSet::new();
    OTHERS.chars().chain(gb_2312()).chain(RARE_IN_NAMES.chars()).filter(|c| seen.insert(*c)).collect()
}

/// By how much less often a character stands on cards than the common ones, as a logarithm. The network learns from all alike;
/// what it reads, it reads with this in mind. Set on photos for tuning: more, and 晟 is read as 晨; less, and 明 as 眀.
pub fn rarity(c: char) -> f32 {
    const LEVEL_2: f32 = 1.2;
    const BEYOND: f32 = 3.0;
    if c < '\u{3400}' {
        return 0.0;
    }
    match gb_2312().position(|known| known == c) {
        Some(place) if place < LEVEL_1 => 0.0,
        Some(_) => LEVEL_2,
        None => BEYOND,
    }
}

/// How many of them are of level 1, the first rows.
const LEVEL_1: usize = 3_755;

/// The 6,763 Chinese characters of GB 2312: rows 16 to 87 of its table.
pub fn gb_2312() -> impl Iterator<Item = char> {
    (16..=87u8).flat_map(|row| (1..=94u8).filter_map(move |cell| decode(row, cell)))
}

fn decode(row: u8, cell: u8) -> Option<char> {
    // The last five cells of row 55 are empty in GB 2312; what later standards put there is not Chinese writing.
    if row == 55 && cell > 89 {
        return None;
    }
    let bytes = [row + 0xa0, cell + 0xa0];
    let text = encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(&bytes)?;
    text.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_standards_two_levels_and_more() {
        let both: Vec<char> = gb_2312().collect();
        assert_eq!(
            (both.len(), both[0], both[3754], both[3755], both[6762]),
            (6_763, '啊', '座', '亍', '齄')
        );
        let all = all();
        for c in "0X·䶮玥珺堃犇".chars() {
            assert!(all.contains(&c), "{c}");
        }
        assert!((6_763..7_600).contains(&all.len()), "{}", all.len());
    }
}
